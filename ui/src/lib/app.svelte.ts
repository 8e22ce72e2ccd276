// The page's one store: who is signed in, which conversations there are, which one is open.
import { api, ApiError, configure, Unreachable } from './api';
import { OpenConversation } from './conversation.svelte';
import { writeDraft } from './drafts';
import { t } from './i18n.svelte';
import { prefs } from './prefs.svelte';
import { router } from './router.svelte';
import { status } from './status.svelte';
import type { ConversationHead, FinishReason, Problem } from './types';

const RETRY_MS = 2_000;

class App {
  ready = $state(false);
  passwordSet = $state(false);
  signedIn = $state(true);
  conversations = $state.raw<ConversationHead[]>([]);
  open = $state.raw<OpenConversation | null>(null);
  /** What a screen reader is told: only that writing began or ended. */
  announcement = $state('');
  drawerOpen = $state(false);
  #opening: string | null = null;

  constructor() {
    configure({ language: () => prefs.language, onSignedOut: () => this.#signedOut() });
  }

  /** Asks until the server answers, then shows what is there. */
  async start(): Promise<void> {
    for (;;) {
      try {
        const session = await api.session();
        this.passwordSet = session.password_set;
        this.signedIn = session.signed_in || !session.password_set;
        status.reachable = true;
        break;
      } catch (error) {
        if (!(error instanceof Unreachable)) break;
        status.reachable = false;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.ready = true;
    if (this.signedIn) this.#begin();
  }

  async login(password: string): Promise<void> {
    await api.login(password);
    this.signedIn = true;
    this.#begin();
  }

  async logout(): Promise<void> {
    await api.logout();
    this.#signedOut();
  }

  #begin(): void {
    status.start();
    void this.refreshList();
    void this.show(router.route.name === 'conversation' ? router.route.id : null, true);
  }

  #signedOut(): void {
    this.signedIn = false;
    this.passwordSet = true;
    status.stop();
    status.now = null;
    this.open?.close();
    this.open = null;
    this.#opening = null;
    this.conversations = [];
  }

  async refreshList(): Promise<void> {
    try {
      this.conversations = (await api.conversations()).conversations;
    } catch {
      // The status line says when the server is away; the list stays as it was.
    }
  }

  /** Opens the conversation of the address; null is the empty desk. */
  async show(id: string | null, again = false): Promise<void> {
    if (!this.signedIn || (!again && this.#opening === id && (id === null || this.open?.id === id))) return;
    this.#opening = id;
    this.open?.close();
    this.open = id === null ? null : this.#make(id);
    for (let conversation = this.open; conversation && conversation === this.open;) {
      try {
        return await conversation.load();
      } catch (error) {
        if (!(error instanceof Unreachable)) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Sends from the desk; on the empty desk a conversation is made first. Resolves when the server has accepted the text. */
  async send(text: string): Promise<void> {
    let conversation = this.open;
    if (!conversation) {
      const { id } = await api.createConversation();
      writeDraft(id, text);
      writeDraft(null, '');
      conversation = this.#make(id);
      this.#opening = id;
      this.open = conversation;
      router.go({ name: 'conversation', id });
    }
    await conversation.send(text);
    void status.poke();
  }

  #make(id: string): OpenConversation {
    return new OpenConversation(
      id,
      (event) => this.#announce(event),
      () => void this.refreshList(),
    );
  }

  #announce(event: 'started' | FinishReason): void {
    this.announcement = event === 'started' ? t('ui.announce.started') : `${t('ui.announce.ended')} ${t(`ui.finish.${event}`)}`;
    void status.poke();
  }
}

/** What to show for any error: the server's own words, or that it does not answer. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return { code: 'unreachable', title: t('ui.offline.title'), detail: t('ui.offline.detail'), next_step: t('ui.offline.next') };
}

export const app = new App();

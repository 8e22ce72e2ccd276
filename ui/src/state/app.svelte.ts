// The page's one store: who is signed in, which conversations and articles there are, which one is open.
import { OpenArticle } from '../article/article.svelte';
import { activity } from '../article/articles';
import { OpenConversation } from '../conversation/conversation.svelte';
import { blank } from '../prompt/brief';
import { params } from '../prompt/params.svelte';
import { api, configure, Unreachable } from '../wire/api';
import type { Article, ArticleHead, ArticleRequest } from '../wire/articletypes';
import type { BriefFields, Outgoing } from '../wire/prompttypes';
import type { ConversationHead, FinishReason } from '../wire/types';
import { writeDraft } from './drafts';
import { t } from './i18n.svelte';
import { notify } from './notify.svelte';
import { offers } from './offer.svelte';
import { prefs } from './prefs.svelte';
import { router, type Route } from './router.svelte';
import { status } from './status.svelte';

const RETRY_MS = 2_000;
/** How often the library asks while an article is written that is not the open one. */
const LIST_MS = 5_000;

class App {
  ready = $state(false);
  passwordSet = $state(false);
  signedIn = $state(true);
  conversations = $state.raw<ConversationHead[]>([]);
  articles = $state.raw<ArticleHead[]>([]);
  open = $state.raw<OpenConversation | null>(null);
  article = $state.raw<OpenArticle | null>(null);
  /** What a screen reader is told: only that writing began or ended. */
  announcement = $state('');
  drawerOpen = $state(false);
  #opening: string | null = null;
  /** Resolves when the open conversation was read. */
  #started: Promise<void> = Promise.resolve();
  #lists = 0;
  #listed = 0;
  #listTimer: ReturnType<typeof setTimeout> | undefined;

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
    void this.show(router.route, true);
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
    this.#closeArticle();
    this.articles = [];
    clearTimeout(this.#listTimer);
  }

  async refreshList(): Promise<void> {
    const mine = ++this.#lists;
    const [conversations, articles] = await Promise.allSettled([api.conversations(), api.articles()]);
    if (mine < this.#listed) return; // a later list was there first
    this.#listed = mine;
    // The status line says when the server is away; the list stays as it was.
    if (conversations.status === 'fulfilled') this.conversations = conversations.value.conversations;
    if (articles.status === 'fulfilled') this.articles = articles.value.articles;
    clearTimeout(this.#listTimer);
    const elsewhere = this.articles.some(({ id, state }) => state === 'writing' && id !== this.article?.id);
    if (elsewhere && this.signedIn) this.#listTimer = setTimeout(() => void this.refreshList(), LIST_MS);
  }

  /** Opens what the address names. */
  async show(route: Route, again = false): Promise<void> {
    if (!this.signedIn) return;
    this.#showArticle(route.name === 'article' ? route.id : null, again);
    await this.#showConversation(route.name === 'conversation' ? route.id : null, again);
    if (route.name !== 'conversation' || !route.at || this.open?.id !== route.id || router.route !== route) return;
    await this.open.find(route.at);
    if (router.route === route) router.go({ name: 'conversation', id: route.id }, true);
  }

  /** Null is the empty desk. */
  async #showConversation(id: string | null, again: boolean): Promise<void> {
    if (!again && this.#opening === id && (id === null || this.open?.id === id)) return this.#started;
    this.#opening = id;
    this.open?.close();
    this.open = id === null ? null : this.#make(id);
    this.#started = this.#start();
    return this.#started;
  }

  async #start(): Promise<void> {
    for (let conversation = this.open; conversation && conversation === this.open;) {
      try {
        return await conversation.start();
      } catch (error) {
        if (!(error instanceof Unreachable)) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #showArticle(id: string | null, again: boolean): void {
    if (!again && (this.article?.id ?? null) === id) return;
    this.#closeArticle();
    if (id === null) return;
    this.article = new OpenArticle(id, {
      announce: (words) => this.#announceArticle(words),
      changed: (article) => this.#listArticle(article),
    });
    void this.article.start();
  }

  #closeArticle(): void {
    if (!this.article) return;
    const writing = this.article.now !== null && activity(this.article.now) !== null;
    this.article.close();
    this.article = null;
    if (writing) void this.refreshList();
  }

  /** Makes the article; then its plan or its text is begun. It is shown, and true, where the writer is at a new article still, or again. Resolves
   * when the server has accepted the brief. */
  async createArticle(request: ArticleRequest, then: 'plan' | 'write'): Promise<boolean> {
    const { id } = await api.createArticle(request);
    const here = router.route.name === 'new-article';
    if (here) {
      this.#showArticle(id, false);
      router.go({ name: 'article', id });
      void (then === 'plan' ? this.article?.makePlan() : this.article?.write());
    } else void offers.attempt(async () => void (await (then === 'plan' ? api.planArticle(id) : api.writeArticle(id))));
    void this.refreshList();
    void status.poke();
    return here;
  }

  /** A text that is there already becomes an article, which is open to be written on. `leftOut`: pictures of the file. */
  async openText(text: string, name: string, leftOut: readonly string[]): Promise<void> {
    const from = router.route;
    const { id } = await api.openText(text, name);
    void this.refreshList();
    if (router.route !== from) return;
    this.#showArticle(id, false);
    if (this.article) Object.assign(this.article, { own: true, leftOut });
    router.go({ name: 'article', id });
  }

  /** The library shows the open article as it is now. */
  #listArticle(article: Article): void {
    const { id, title, state, words, target, created_at, updated_at, pinned } = article;
    const known = this.articles.some((head) => head.id === id);
    const head = { id, title, state, words, target, created_at, updated_at, pinned };
    this.articles = known ? this.articles.map((other) => (other.id === id ? head : other)) : [head, ...this.articles];
  }

  /** Makes a conversation of the empty desk, with the draft and the settings that are there. Where nothing else was opened meanwhile, it is. */
  async makeConversation(draft: BriefFields, opening: (id: string) => void): Promise<string> {
    const { id } = await api.createConversation();
    writeDraft(id, draft);
    writeDraft(null, blank());
    params.moveTo(id);
    if (router.route.name === 'new') {
      opening(id);
      this.#opening = id;
      this.open = this.#make(id);
      router.go({ name: 'conversation', id });
    }
    return id;
  }

  /** Sends to a conversation, open or not. Resolves when the server has accepted the message. */
  async send(id: string, message: Outgoing): Promise<void> {
    await api.send(id, message);
    this.#announce('started');
    if (this.open?.id === id) this.open.asked();
    void this.refreshList();
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
    if (event !== 'started') notify.ended(this.announcement);
    void status.poke();
  }

  #announceArticle(words: string): void {
    this.announcement = words;
    if (words !== t('ui.article.announce.started')) notify.ended(words);
    void status.poke();
  }
}

export { problemOf } from './problems';

export const app = new App();

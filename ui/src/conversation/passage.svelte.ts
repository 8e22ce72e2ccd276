// A passage on its way from an answer into an article: what it says, which article, which section.
import { app } from '../state/app.svelte';
import { t } from '../state/i18n.svelte';
import { offers } from '../state/offer.svelte';
import { problemOf } from '../state/problems';
import { router } from '../state/router.svelte';
import { api } from '../wire/api';
import type { Article, Section } from '../wire/articletypes';
import type { Problem } from '../wire/types';

const TITLE = 40;
export const NEW = 'new';

class Passages {
  /** Null while nothing is to be placed. */
  text = $state<string | null>(null);
  /** The id of an article, or `NEW`. */
  target = $state<string>(NEW);
  article = $state.raw<Article | null>(null);
  section = $state<string | null>(null);
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  readonly sections = $derived<Section[]>(this.article?.sections.filter(({ state }) => state !== 'skipped') ?? []);

  open(text: string): void {
    this.text = text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
    this.problem = null;
    void this.choose(app.articles[0]?.id ?? NEW);
    void app.refreshList();
  }

  close(): void {
    this.text = null;
    this.article = null;
  }

  async choose(target: string): Promise<void> {
    this.target = target;
    this.article = null;
    this.section = null;
    if (target === NEW) return;
    try {
      const article = await api.article(target);
      if (this.target !== target) return;
      this.article = article;
      this.section = this.sections.at(-1)?.id ?? null;
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  async place(): Promise<void> {
    const { text } = this;
    if (text === null || text.trim() === '' || this.busy) return;
    this.busy = true;
    this.problem = null;
    try {
      const article = await (this.target === NEW ? this.#begin(text) : this.#add(text));
      if (!article) return;
      if (this.text === text) this.close();
      void app.refreshList();
      offers.show({
        words: t('ui.passage.placed', { title: article.title || t('ui.article.untitled.article') }),
        label: t('ui.passage.open'),
        act: () => router.go({ name: 'article', id: article.id }),
      });
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      this.busy = false;
    }
  }

  async #add(text: string): Promise<Article | null> {
    return this.section === null ? null : api.addToSection(this.target, this.section, text);
  }

  /** A new article that has this text. */
  async #begin(text: string): Promise<Article> {
    const line = text.split('\n').find((one) => /[\p{L}\p{N}]/u.test(one)) ?? text;
    const title = [...line.replace(/^[#>\-*\s]+/, '').trim()].slice(0, TITLE).join('');
    const { id } = await api.openText(text, title);
    return api.article(id);
  }
}

export const passages = new Passages();

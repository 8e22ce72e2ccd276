// The template library of the page: what is found, what was just removed, and where a filled template goes.
import { blank } from '../prompt/brief';
import { problemOf } from '../state/app.svelte';
import { t } from '../state/i18n.svelte';
import { prefs } from '../state/prefs.svelte';
import { router } from '../state/router.svelte';
import { api } from '../wire/api';
import type { Filled, Template } from '../wire/templatetypes';
import type { Problem } from '../wire/types';
import { toConversation, toNewArticle } from './handover';

/** Larger than any file of templates: not read at all. */
const FILE_BYTES = 8_000_000;

class Templates {
  query = $state('');
  language = $state<'zh' | 'en'>(prefs.language);
  found = $state.raw<Template[] | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** The one that was removed last, until something else is done. */
  removed = $state.raw<Template | null>(null);
  said = $state('');
  /** The conversation that asked for a template; null is a new one. */
  asker: string | null = null;
  /** What a new template begins with. */
  seed = blank();
  /** The template that opens in the editor. */
  toEdit: string | null = null;
  #asked = 0;

  /** Reads what `query` and `language` find; an answer that is overtaken by a later question is not shown. What goes wrong with something else
   * meanwhile stays said. */
  async search(): Promise<void> {
    const asked = ++this.#asked;
    this.problem = null;
    try {
      const { templates } = await api.templates(this.query.trim(), this.language);
      if (asked === this.#asked) this.found = templates;
    } catch (error) {
      if (asked === this.#asked) this.problem = problemOf(error);
    }
  }

  async remove(template: Template): Promise<void> {
    const from = router.route;
    await api.removeTemplate(template.id);
    this.removed = template;
    this.said = t('ui.template.removed', { name: template.name });
    if (router.route === from) router.go({ name: 'templates' });
  }

  async restore(): Promise<void> {
    if (!this.removed) return;
    try {
      await api.restoreTemplate(this.removed.id);
      this.removed = null;
      this.said = '';
      await this.search();
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  async importFile(file: File): Promise<void> {
    this.said = '';
    this.removed = null;
    if (file.size > FILE_BYTES) {
      const [title, next_step] = [t('ui.template.file_large'), t('ui.template.file_large_next')];
      this.problem = { code: 'file_large', title, detail: '', next_step };
      return;
    }
    try {
      const { templates, known } = await api.importTemplates(await file.text());
      this.said = t(known > 0 ? 'ui.template.imported_known' : 'ui.template.imported', { n: templates.length, known });
      await this.search();
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  /** Puts a filled template where it is used, and goes there. */
  use(filled: Filled): void {
    if (filled.kind === 'article') {
      toNewArticle(filled);
      router.go({ name: 'new-article' });
    } else {
      toConversation(this.asker, filled);
      router.go(this.asker === null ? { name: 'new' } : { name: 'conversation', id: this.asker });
    }
  }
}

export const templates = new Templates();

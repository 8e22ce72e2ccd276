// An article or a conversation on its way into a file: which formats there are, what is missing for one, what is being made now.
import { t } from '../state/i18n.svelte';
import { problemOf } from '../state/problems';
import { api, type ExportFormat, type ExportKind } from '../wire/api';
import type { Problem } from '../wire/types';
import { saveFile } from './savefile';

export const FORMATS = ['docx', 'pdf', 'epub', 'html', 'md', 'txt', 'obsidian'] as const satisfies readonly ExportFormat[];

export class Exporting {
  /** What is not installed that a format needs; a format that is not here has all it needs. */
  missing = $state.raw<Partial<Record<ExportFormat, Problem>>>({});
  /** The format that is being made. */
  making = $state<ExportFormat | null>(null);
  /** Why the last one was not made. */
  problem = $state.raw<Problem | null>(null);

  /** Asks what is there, each time: converters may have been installed meanwhile. */
  async look(): Promise<void> {
    this.problem = null;
    try {
      const { formats } = await api.exportFormats();
      this.missing = Object.fromEntries(formats.flatMap(({ format, problem }) => (problem ? [[format, problem]] : [])));
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  /** True once the file was given to the browser. `before`: saves what is not saved yet, and says whether it is. */
  async make(kind: ExportKind, id: string, format: ExportFormat, before: () => Promise<boolean>): Promise<boolean> {
    if (this.making) return false;
    this.problem = this.missing[format] ?? null;
    if (this.problem) return false;
    this.making = format;
    try {
      if (!(await before())) {
        this.problem = { code: 'unsaved', title: t('ui.export.unsaved'), detail: '', next_step: t('ui.export.unsaved.next') };
        return false;
      }
      const { content, name } = await api.exportFile(kind, id, format);
      saveFile(content, name);
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    } finally {
      this.making = null;
    }
  }
}

/** The menu of the desk that is open, for the palette. */
export const openMenu: { show: (() => void) | null } = { show: null };

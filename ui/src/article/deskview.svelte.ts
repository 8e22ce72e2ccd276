// What of an article the desk shows: which page, which section's source is open, which place is marked, what is to be rewritten.
import { readStored, writeStored } from '../state/prefs.svelte';
import type { Article, Finding, Place } from '../wire/articletypes';

export const MODES = ['edit', 'both', 'read'] as const;
/** The whole text: its source, its source beside how it reads, or how it reads. */
export type Mode = (typeof MODES)[number];
const MODE = 'hanmo.manuscript.mode';

export const VIEWS = ['plan', 'board', 'text', 'edits', 'versions'] as const;
export type View = (typeof VIEWS)[number];

/** What a section's menu is opened for: all of it, or what was selected. */
export interface Target {
  section: string;
  /** What was selected, and where it stands in the source; no place where that is not certain. */
  selected: { text: string; place: Pick<Place, 'start' | 'end'> | null } | null;
}

export class DeskView {
  chosen = $state<View | null>(null);
  editing = $state<string | null>(null);
  mark = $state.raw<Place | null>(null);
  /** The section whose card is to be shown. */
  card = $state<string | null>(null);
  target = $state.raw<Target | null>(null);
  mode = $state<Mode>(readStored<Mode>(MODE, 'read'));
  /** Where the editor is to go as soon as it is open. */
  going = $state.raw<Place | null>(null);
  /** What is to be mended as soon as the editor is open. */
  mending = $state.raw<Finding | null>(null);

  /** `own`: it was just opened from a text of the writer's, who wants to write on: wherever the last one was read. */
  constructor(own = false) {
    if (!own) return;
    this.chosen = 'text';
    if (this.mode === 'read') this.mode = 'edit';
  }

  setMode(mode: Mode): void {
    this.mode = MODES.includes(mode) ? mode : 'read';
    writeStored(MODE, this.mode);
  }

  /** Opens the editor and does there what mends a finding. */
  mend(finding: Finding): void {
    this.chosen = 'text';
    this.editing = null;
    if (this.mode === 'read') this.setMode('edit');
    this.mending = finding;
  }

  view(article: Article): View {
    if (this.chosen) return this.chosen;
    if (article.state === 'done') return 'text';
    return article.state === 'planned' ? 'plan' : 'board';
  }

  show(view: View): void {
    this.chosen = view;
    if (view !== 'text') this.mark = null;
  }

  /** Goes to a place in the text and marks it; of a section that has no place there, to its card. */
  find(place: Place, article?: Article): void {
    const section = article?.sections.find(({ id }) => id === place.section);
    this.editing = null;
    if (section && (section.text === '' || section.state === 'skipped')) {
      this.chosen = 'board';
      this.card = section.id;
      return;
    }
    this.chosen = 'text';
    if (this.mode === 'read') this.mark = { ...place };
    else this.going = { ...place };
  }
}

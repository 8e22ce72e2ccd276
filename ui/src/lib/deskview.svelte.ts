// What of an article the desk shows: which page, which section's source is open, which place is marked, what is to be rewritten.
import type { Article, Place } from './articletypes';

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
  target = $state.raw<Target | null>(null);

  view(article: Article): View {
    if (this.chosen) return this.chosen;
    if (article.state === 'done') return 'text';
    return article.state === 'planned' ? 'plan' : 'board';
  }

  show(view: View): void {
    this.chosen = view;
    if (view !== 'text') this.mark = null;
  }

  /** Goes to a place in the text and marks it. */
  find(place: Place): void {
    this.chosen = 'text';
    this.editing = null;
    this.mark = { ...place };
  }
}

// A running job of an article as the page hears it: the text that streams in lies over what was read last.
import { countWords } from '../conversation/thread';
import type { Article, Job, JobState, Section } from '../wire/articletypes';
import { followJob } from '../wire/stream';
import { overlay } from './overlay';

interface Heard {
  text: string;
  /** It is the whole text of the section, not only what came since the job began. */
  whole: boolean;
}

export class LiveJob {
  readonly id: string;
  #heard = $state.raw<Readonly<Record<string, Heard>>>({});
  #state = $state.raw<JobState | null>(null);
  readonly close: () => void;

  /** `onTurn`: another section has begun, or the job is out of the queue: the article should be read again. */
  constructor(id: string, { onTurn, onEnd, onLost }: { onTurn: () => void; onEnd: (job: Job) => void; onLost: () => void }) {
    this.id = id;
    this.close = followJob(id, {
      text: (section, piece) => {
        if (section === null) return; // the plan
        const before = this.#heard[section];
        this.#heard = { ...this.#heard, [section]: { text: (before?.text ?? '') + piece, whole: before?.whole ?? false } };
      },
      replace: (section, text) => {
        if (section !== null) this.#heard = { ...this.#heard, [section]: { text, whole: true } };
      },
      state: (state) => {
        const before = this.#state;
        this.#state = state;
        // A section that is begun again begins with nothing.
        if (before && state.section && state.section !== before.section)
          this.#heard = { ...this.#heard, [state.section]: { text: '', whole: false } };
        if (before?.section !== state.section || before?.status !== state.status) onTurn();
      },
      end: onEnd,
      lost: onLost,
    });
  }

  /** The article as it was read, with what was heard since. */
  over(article: Article): Article {
    const { job } = article;
    if (job?.id !== this.id) return article;
    const state = this.#state;
    const sections = job.kind === 'write' ? article.sections.map((section) => this.#section(section)) : article.sections;
    const gained = sections.reduce((sum, section, i) => sum + section.words - (article.sections[i]?.words ?? 0), 0);
    return {
      ...article,
      sections,
      words: article.words + gained,
      seconds_left: state?.seconds_left ?? article.seconds_left,
      job: {
        ...job,
        queue_place: state ? (state.queue_place ?? null) : job.queue_place,
        section: state?.section ?? job.section,
        done: state?.done ?? job.done,
        prompt_progress: state?.prompt_progress ?? null,
      },
    };
  }

  #section(section: Section): Section {
    const heard = this.#heard[section.id];
    const current = this.#state?.section === section.id;
    if (!heard?.text || (section.state !== 'writing' && section.state !== 'waiting') || (section.state === 'waiting' && !current))
      return section;
    const text = heard.whole || section.state === 'waiting' ? heard.text : overlay(section.text, heard.text);
    return { ...section, state: 'writing', text, words: countWords(text) };
  }
}

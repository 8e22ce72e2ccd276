// The wire of what an action costs before it is taken: what the server is asked.
import type { ArticleRequest, Plan, Rewrite } from './articletypes';
import type { Outgoing, Settings } from './prompttypes';
import type { Rounds } from './types';

export type Turn =
  | ({ action: 'send'; conversation_id?: string; message_id?: string } & Outgoing)
  | ({ action: 'regenerate'; conversation_id: string; message_id: string } & Settings)
  | { action: 'continue'; conversation_id: string; generation_id: string }
  | { action: 'limit'; conversation_id: string; rounds: Rounds }
  | { action: 'clear'; conversation_id: string }
  | { action: 'change_model'; conversation_id: string; model_id: string };

/** `text`: as if the section had that one. */
type Of = { article_id: string; plan?: Plan } | { article_id: string; section: string; text: string } | { order: ArticleRequest };

export type Work =
  | ({ action: 'plan' | 'write' } & Of)
  | { action: 'polish' | 'proofread' | 'title'; article_id: string; section?: string }
  | ({ action: 'rewrite'; article_id: string; section: string } & Rewrite);

export type CostQuestion = { turn: Turn } | { work: Work };

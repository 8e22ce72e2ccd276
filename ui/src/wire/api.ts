// Every request of the page but the event stream. Addresses are relative to <base href>, so that the page works under any prefix.
import type { Article, ArticleHead, ArticleRequest, Finding, Job, Plan, Revision, Rewrite, SteerAction } from './articletypes';
import type { CostQuestion } from './costquestions';
import type { Cost } from './costtypes';
import type { Outgoing, Presets, Preview, Question, Settings } from './prompttypes';
import type { Filled, Template, TemplateDraft } from './templatetypes';
import type {
  Conversation,
  ConversationHead,
  FinishReason,
  Generation,
  Hit,
  Model,
  Problem,
  Rounds,
  Session,
  Status,
} from './types';

/** The server answered, and said no: in words that may be shown. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.title);
  }
}

/** No answer at all: the server is away, or the connection broke. */
export class Unreachable extends Error {}

const TIMEOUT_MS = 20_000;
/** A conversion waits for those before it. */
const FILE_TIMEOUT_MS = 600_000;

export type ExportKind = 'article' | 'conversation';
export type ExportFormat = 'md' | 'txt' | 'html' | 'docx' | 'epub' | 'pdf' | 'obsidian';

let language = () => 'zh';
let onSignedOut = () => {};

export function configure(options: { language: () => string; onSignedOut: () => void }): void {
  ({ language, onSignedOut } = options);
}

export function address(path: string): URL {
  return new URL(path, document.baseURI);
}

export function currentLanguage(): string {
  return language();
}

/** A file, with the name that the server gives it. */
async function requestFile(path: string): Promise<{ content: Blob; name: string }> {
  let response: Response;
  let content: Blob;
  try {
    response = await fetch(address(path), {
      headers: { 'Accept-Language': language() },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(FILE_TIMEOUT_MS),
    });
    content = await response.blob();
  } catch (error) {
    throw new Unreachable(String(error));
  }
  if (!response.ok) throw failure(response.status, await content.text());
  const named = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '');
  return { content, name: decodeURIComponent(named?.[1] ?? 'hanmo') };
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language() };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(address(path), {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (error) {
    throw new Unreachable(String(error));
  }
  if (!response.ok) throw failure(response.status, text);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function failure(status: number, text: string): Error {
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(text) as Partial<Problem>;
  } catch {
    // A proxy in front of a server that is away answers in HTML.
    if (status >= 502 && status <= 504) return new Unreachable(String(status));
  }
  if (status === 401 && problem.code === 'sign_in_needed') onSignedOut();
  return new ApiError(status, { code: 'unknown', title: `HTTP ${status}`, detail: '', next_step: '', ...problem });
}

const id = encodeURIComponent;
const talk = (conversation: string) => `api/conversations/${id(conversation)}`;
const of = (article: string) => `api/articles/${id(article)}`;

interface Begun {
  job_id: string;
}

interface Turn {
  message_id: string;
  user_message_id: string;
  generation_id: string;
}

/** Where a message would stand. */
const placed = (conversation: string | null, message: Outgoing, beside?: string) => ({
  ...(conversation === null ? {} : { conversation_id: conversation }),
  ...(beside === undefined ? {} : { beside_id: beside }),
  ...message,
});

export const api = {
  session: () => request<Session>('GET', 'api/session'),
  login: (password: string) => request<undefined>('POST', 'api/login', { password }),
  logout: () => request<undefined>('POST', 'api/logout', {}),

  status: () => request<Status>('GET', 'api/status'),
  models: () => request<{ models: Model[] }>('GET', 'api/models'),
  pullModel: (model: string) => request<undefined>('POST', `api/models/${id(model)}/pull`, {}),
  pauseModel: (model: string) => request<undefined>('DELETE', `api/models/${id(model)}/pull`),
  useModel: (model: string) => request<undefined>('POST', `api/models/${id(model)}/use`, {}),
  useFile: (path: string) => request<undefined>('POST', 'api/models/use-file', { path }),

  conversations: () => request<{ conversations: ConversationHead[] }>('GET', 'api/conversations'),
  createConversation: () => request<{ id: string }>('POST', 'api/conversations', {}),
  /** Somebody looks at it: its cache is brought back meanwhile. */
  openConversation: (conversation: string) => request<null>('POST', `${talk(conversation)}/open`, {}),
  openArticle: (article: string) => request<null>('POST', `${of(article)}/open`, {}),
  conversation: (conversation: string) => request<Conversation>('GET', talk(conversation)),
  changeConversation: (conversation: string, changes: { title?: string; pinned?: boolean; rounds?: Rounds }) =>
    request<Conversation>('PATCH', talk(conversation), changes),
  deleteConversation: (conversation: string) => request<undefined>('DELETE', talk(conversation)),
  restoreConversation: (conversation: string) => request<Conversation>('POST', `${talk(conversation)}/restore`, {}),
  /** `beside`: as another version of that question. */
  send: (conversation: string, message: Outgoing, beside?: string) =>
    request<Turn>('POST', `${talk(conversation)}/messages`, beside === undefined ? message : { ...message, beside_id: beside }),
  regenerate: (conversation: string, message: string, settings: Settings) =>
    request<Turn>('POST', `${talk(conversation)}/messages/${id(message)}/regenerate`, settings),
  choose: (conversation: string, message: string) =>
    request<Conversation>('PUT', `${talk(conversation)}/active`, { message_id: message }),
  clearContext: (conversation: string, message: string, cleared: boolean) =>
    request<Conversation>('PUT', `${talk(conversation)}/messages/${id(message)}/cleared`, { cleared }),
  deleteMessage: (conversation: string, message: string) =>
    request<Conversation>('DELETE', `${talk(conversation)}/messages/${id(message)}`),
  restoreMessage: (conversation: string, message: string) =>
    request<Conversation>('POST', `${talk(conversation)}/messages/${id(message)}/restore`, {}),
  search: (query: string) => request<{ hits: Hit[]; more: boolean }>('GET', `api/search?q=${id(query)}`),

  /** `beside`: as another version of that question. */
  preview: (conversation: string | null, message: Outgoing, beside?: string) =>
    request<Preview>('POST', 'api/prompt/preview', placed(conversation, message, beside)),
  previewArticle: (article: ArticleRequest) => request<Preview>('POST', 'api/prompt/preview/article', article),
  readAhead: (conversation: string | null, message: Outgoing, beside?: string) =>
    request<null>('POST', 'api/prompt/warm', placed(conversation, message, beside)),
  readArticleAhead: (article: ArticleRequest) => request<null>('POST', 'api/prompt/warm/article', article),
  /** What an action would cost; nothing is done. */
  cost: (question: CostQuestion) => {
    const [kind, body] = 'turn' in question ? ['turn', question.turn] : ['work', question.work];
    return request<Cost>('POST', `api/costs/${kind}`, body);
  },
  questions: (order: object) => request<{ questions: Question[] }>('POST', 'api/prompt/questions', order),
  presets: () => request<Presets>('GET', 'api/presets'),

  generation: (generation: string) => request<Generation>('GET', `api/generations/${id(generation)}`),
  continueGeneration: (generation: string) =>
    request<{ generation_id: string; message_id: string }>('POST', `api/generations/${id(generation)}/continue`, {}),
  stopGeneration: (generation: string) => request<Generation>('DELETE', `api/generations/${id(generation)}`),

  articles: () => request<{ articles: ArticleHead[] }>('GET', 'api/articles'),
  createArticle: (article: ArticleRequest) => request<{ id: string }>('POST', 'api/articles', article),
  openText: (text: string, name: string) => request<{ id: string }>('POST', 'api/articles/open', { text, name }),
  article: (article: string) => request<Article>('GET', of(article)),
  changeArticle: (article: string, changes: { title?: string; pinned?: boolean }) =>
    request<Article>('PATCH', of(article), changes),
  deleteArticle: (article: string) => request<undefined>('DELETE', of(article)),
  restoreArticle: (article: string) => request<Article>('POST', `${of(article)}/restore`, {}),
  job: (job: string) => request<Job>('GET', `api/generations/${id(job)}`),
  planArticle: (article: string) => request<Begun>('POST', `${of(article)}/plan`, {}),
  savePlan: (article: string, plan: Plan) => request<Article>('PUT', `${of(article)}/plan`, plan),
  writeArticle: (article: string) => request<Begun>('POST', `${of(article)}/write`, {}),
  pauseArticle: (article: string) => request<Article>('POST', `${of(article)}/pause`, {}),
  steer: (article: string, action: SteerAction, text?: string) =>
    request<Article>('POST', `${of(article)}/steer`, text === undefined ? { action } : { action, text }),
  check: (article: string, kind: 'polish' | 'proofread', section?: string) =>
    request<Begun>('POST', `${of(article)}/${kind}`, section === undefined ? {} : { section }),
  rewrite: (article: string, section: string, rewrite: Rewrite) =>
    request<Begun>('POST', `${of(article)}/sections/${id(section)}/rewrite`, rewrite),
  saveSection: (article: string, section: string, text: string) =>
    request<Article>('PUT', `${of(article)}/sections/${id(section)}`, { text }),
  addToSection: (article: string, section: string, text: string) =>
    request<Article>('POST', `${of(article)}/sections/${id(section)}/text`, { text }),
  saveText: (article: string, text: string, base_revision: number) =>
    request<Article>('PUT', `${of(article)}/text`, { text, base_revision }),
  settleEdits: (article: string, accept: string[], reject: string[]) =>
    request<Article>('POST', `${of(article)}/edits`, { accept, reject }),
  checkText: (text: string, brief: string, finish_reason: FinishReason | null) =>
    request<{ findings: Finding[] }>('POST', 'api/checks', { text, brief, finish_reason }),
  proposeTitles: (article: string) => request<Begun>('POST', `${of(article)}/title`, {}),
  revision: (article: string, number: number) => request<Revision>('GET', `${of(article)}/revisions/${number}`),
  restore: (article: string, number: number) => request<Article>('POST', `${of(article)}/revisions/${number}/restore`, {}),

  templates: (query: string, language: string) =>
    request<{ templates: Template[] }>('GET', `api/templates?${String(new URLSearchParams({ q: query, language }))}`),
  template: (template: string) => request<Template>('GET', `api/templates/${id(template)}`),
  createTemplate: (template: TemplateDraft) => request<Template>('POST', 'api/templates', template),
  saveTemplate: (template: string, draft: TemplateDraft) => request<Template>('PUT', `api/templates/${id(template)}`, draft),
  removeTemplate: (template: string) => request<undefined>('DELETE', `api/templates/${id(template)}`),
  restoreTemplate: (template: string) => request<Template>('POST', `api/templates/${id(template)}/restore`, {}),
  duplicateTemplate: (template: string, name: string) =>
    request<Template>('POST', `api/templates/${id(template)}/duplicate`, { name }),
  fillTemplate: (template: string, values: Record<string, string>, partly: boolean) =>
    request<Filled>('POST', `api/templates/${id(template)}/fill`, { values, partly }),
  importTemplates: (text: string) => request<{ templates: Template[]; known: number }>('POST', 'api/templates/import', { text }),
  exportFormats: () => request<{ formats: { format: ExportFormat; problem: Problem | null }[] }>('GET', 'api/exports'),
  exportFile: (kind: ExportKind, of: string, format: ExportFormat) => requestFile(`api/${kind}s/${id(of)}/export?format=${format}`),
  /** Where the browser downloads templates as a file. */
  templatesFile: (ids: string[]) => String(address(`api/templates/export?ids=${ids.map(id).join(',')}`)),
};

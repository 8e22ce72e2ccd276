// The states of the desk: empty, a conversation, its prompt, the machine.
import { problem } from './fake.js';
import type { Desk } from './page.ts';
import type { Scene } from './scenes.ts';
import { RICH, STORY } from './texts.js';

export const FINDING = {
  ...{ code: 'x', section: null, index: null, text: '少了一个字。', start: 0, end: 2, other: null, action: '' },
  fix: { start: 0, end: 1, text: '您' },
};
const QUESTIONS = [
  { code: 'story.genre', text: '什么题材？', label: '题材：', answers: ['悬疑', '爱情'], field: 'requirements' },
  { code: 'article.length', text: '大约多长？', label: '篇幅：', answers: ['约 800 字', '约 1500 字'], field: 'words' },
];

export async function reload(desk: Desk): Promise<void> {
  await desk.page.reload();
  await desk.$('status-line').or(desk.$('login-password')).waitFor();
}

/** A conversation with a question and its answer, done. */
export async function talk(desk: Desk, text = RICH): Promise<void> {
  Object.assign(desk.fake.script, { text, piece: 400, everyMs: 1 });
  await desk.ask('写一份泡茶小记');
  await desk.finish(desk.fake.script.finish).waitFor();
}

/** A library with something of every kind in it. */
export function shelf(desk: Desk): void {
  for (const title of ['江南的春天', '塞外的秋天', '一段很长很长的题目，长到一行里放不下，所以要在行末省略']) {
    const made = desk.fake.createConversation(title);
    desk.fake.addMessage(made, 'user', '雨天的铁观音');
    desk.fake.addMessage(made, 'assistant', STORY);
    made.pinned = title.startsWith('江南');
  }
  const { articles } = desk.fake;
  const article = articles.create({ text: '一篇讲春茶的小文', words: 300 });
  articles.setPlan(article, articles.script.plan);
}

async function fields(desk: Desk): Promise<void> {
  desk.fake.prompt.preview = {
    preset: 'code',
    warnings: [
      { code: 'no_role', text: '没有角色。', params: {}, field: 'role', mends: [{ code: 'set_role', label: '设为编辑', fields: { role: '编辑' }, sampling: {} }] },
      { code: 'vague_task', text: '没有主题。', params: {}, field: 'task', mends: [] },
    ],
    constraints: [
      { kind: 'tone', text: '语气正式', conflicts_with: [1] },
      { kind: 'tone', text: '口语化', conflicts_with: [0] },
    ],
  }; // prettier-ignore
  await desk.$('brief-toggle').click();
  await desk.$('brief-audience').fill('新手');
  await desk.$('input').fill('写茶，语气正式，口语化');
  await desk.$('preview').locator('summary').first().click();
  await desk.$('constraints').waitFor();
  await desk.$('preset-hint').waitFor();
}

async function machine(desk: Desk): Promise<void> {
  Object.assign(desk.fake.state.status, {
    notices: [
      { code: 'better', params: {}, text: 'Qwen3-4B 已可使用。', action: { kind: 'use_model', model: 'qwen3-4b', label: '换用' } },
    ],
    downloads: [
      {
        ...{ model: 'qwen3-1.7b', name: 'Qwen3-1.7B', state: 'downloading', source: 'ModelScope', problem: null },
        ...{ received_bytes: 5e8, total_bytes: 1e9, bytes_per_second: 2e6, seconds_left: 250 },
      },
    ],
  });
  desk.fake.state.status.engine.problem = problem('engine_died', '引擎停了', '内存不够。', '换一个小一些的模型。') as never;
  await reload(desk);
  await desk.$('download').waitFor();
}

export const deskScenes: Scene[] = [
  { name: 'the first look', open: (desk) => desk.$('tour').waitFor() },
  {
    name: 'the empty desk, with a library',
    open: async (desk) => {
      await desk.$('tour-skip').click();
      shelf(desk);
      await reload(desk);
      await desk.$('row-menu').first().waitFor();
    },
  },
  { name: 'the machine has much to say', open: machine },
  {
    name: 'the server is away',
    open: async (desk) => {
      desk.fake.state.down = true;
      await desk.page.locator('[data-testid=model-state][data-state=unreachable]').waitFor();
    },
  },
  {
    name: 'the door, with a wrong password',
    open: async (desk) => {
      desk.fake.state.password = '墨';
      await reload(desk);
      await desk.$('login-password').fill('水');
      await desk.$('login-submit').click();
      await desk.$('problem').waitFor();
    },
  },
  {
    name: 'a long answer, with what was found in it',
    open: async (desk) => {
      desk.fake.script.findings = [FINDING, { ...FINDING, fix: null, action: 'continue' }];
      await talk(desk);
      await desk.page.locator('.katex').first().waitFor();
      await desk.page.locator('.hljs-keyword').first().waitFor();
      await desk.$('answer-checks').locator('summary').click();
      await desk.$('answer-mended').waitFor();
    },
  },
  {
    name: 'an answer cut by its length, in a second version',
    open: async (desk) => {
      desk.fake.script.finish = 'length';
      await talk(desk, STORY);
      await desk.$('regenerate').click();
      await desk.$('versions').waitFor();
      await desk.$('continue').waitFor();
    },
  },
  {
    name: 'an answer that failed, and a cleared context',
    open: async (desk) => {
      await talk(desk, STORY);
      await desk.$('history').click();
      await desk.$('clear-context').click();
      await desk.$('history-undo').waitFor();
      const why = problem('engine_lost', '引擎停了', '写到一半时停的。', '点“继续”接着写。');
      Object.assign(desk.fake.script, { finish: 'error', problem: why });
      await desk.ask('再写');
      await desk.$('problem').waitFor();
    },
  },
  {
    name: 'the prompt is being read',
    open: async (desk) => {
      Object.assign(desk.fake.script, { reading: 3, readingMs: 30_000 });
      await desk.ask('写');
      await desk.page.locator('.waiting').waitFor();
    },
  },
  {
    name: 'an answer is being written',
    open: async (desk) => {
      Object.assign(desk.fake.script, { text: STORY.repeat(3), piece: 120, everyMs: 20_000 });
      await desk.ask('写');
      await desk.page.locator('.prose.live').waitFor();
    },
  },
  {
    name: 'a question is being changed',
    open: async (desk) => {
      await talk(desk, STORY);
      await desk.$('message-edit').focus();
      await desk.page.keyboard.press('Enter');
      await desk.$('message-editor-field').waitFor();
    },
  },
  {
    name: 'how much of the conversation is sent',
    open: async (desk) => {
      await talk(desk, STORY);
      await desk.$('history').click();
      await desk.$('rounds-1').waitFor();
    },
  },
  {
    name: 'a message was deleted',
    open: async (desk) => {
      await talk(desk, STORY);
      await desk.$('message-delete').last().focus();
      await desk.page.keyboard.press('Enter');
      await desk.$('offer').waitFor();
    },
  },
  { name: 'the fields of a prompt, and its preview', open: fields },
  {
    name: 'asked back',
    open: async (desk) => {
      desk.fake.prompt.questions = QUESTIONS;
      await desk.ask('写一篇 3000 字的小说');
      await desk.$('ask-back').waitFor();
    },
  },
  {
    name: 'the parameters beside the desk',
    wide: true,
    open: async (desk) => {
      await desk.$('params-toggle').click();
      await desk.$('knob-temperature').locator('.field').fill('1.4');
      await desk.$('knob-temperature').locator('.field').press('Tab');
      await desk.$('params-reset').waitFor();
    },
  },
  {
    name: 'the parameters as a drawer',
    phone: true,
    open: async (desk) => {
      await desk.$('params-toggle').click();
      await desk.$('knob-temperature').waitFor();
    },
  },
  {
    name: 'the library as a drawer',
    phone: true,
    open: async (desk) => {
      shelf(desk);
      await reload(desk);
      await desk.page.locator('.drawer').click();
      await desk.$('row-menu').first().waitFor();
    },
  },
];

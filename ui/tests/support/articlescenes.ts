// The states of the pages of articles: brief, plan, board, text, editor, suggestions, versions.
import { openArticle, select, TEXTS } from './article.ts';
import { openEditor } from './editor.ts';
import { problem } from './fake.js';
import type { Desk } from './page.ts';
import type { Scene } from './scenes.ts';
import { RICH } from './texts.js';

/** Findings over the three texts: of the whole, with a fix, with another place, for the model. */
export function findings(desk: Desk): void {
  const at = (index: number, words: string) => {
    const start = [...(TEXTS[index] ?? '').slice(0, TEXTS[index]?.indexOf(words))].length;
    return { section: `s${index + 1}`, index, start, end: start + [...words].length };
  };
  const bare = { code: 'x', other: null, fix: null, action: '' };
  const fix = { ...at(1, '慢慢'), text: '缓缓' };
  desk.fake.articles.script.findings = [
    { ...bare, section: null, index: null, start: 0, end: 0, text: '全文太短。', action: 'continue' },
    { ...bare, ...at(1, '**慢慢**'), text: '粗体用错了。', fix },
    {
      ...bare,
      ...at(2, '龙井用九十度的水。'),
      text: '前后不一。',
      other: { ...at(1, '龙井用八十度的水'), text: '这里说的是八十度。' },
    },
  ];
}

function propose(desk: Desk): void {
  desk.fake.articles.script.proposals = [
    { section: 's1', before: '苦味', after: '苦涩', reason: '更准' },
    { section: 's3', before: '揭盖', after: '' },
  ];
}

async function suggest(desk: Desk): Promise<void> {
  desk.fake.articles.script.rewritten = '铁观音最不怕热，可以用沸水。';
  const { pick } = await openEditor(desk);
  await pick('铁观音不怕热。');
  await desk.$('selection-rephrase').click();
  await desk.$('suggestion').first().waitFor();
}

export async function conflict(desk: Desk): Promise<void> {
  const long = Array.from({ length: 12 }, (_, i) => `第 ${i + 1} 段，两边都一样。`).join('\n\n');
  const { made, content, waitSaved } = await openEditor(desk, [TEXTS[0] ?? '', long, TEXTS[2] ?? '']);
  desk.fake.state.refuse = (method, path) => method === 'PUT' && path.endsWith('/text') && [503, {}];
  await content.press('Control+End');
  await desk.page.keyboard.type('没存下的。');
  await waitSaved('refused');
  desk.fake.articles.setText(made, made.sections[0], '别处写的。', 'edited');
  desk.fake.state.refuse = null;
  await desk.page.reload();
  await desk.$('conflict').locator('.cm-content').nth(1).waitFor();
}

export const articleScenes: Scene[] = [
  {
    name: 'a new article, with a problem',
    open: async (desk) => {
      await desk.page.goto(`${desk.fake.url}a`);
      await desk.$('article-brief-toggle').click();
      await desk.$('article-materials').locator('summary').click();
      desk.fake.state.refuse = (method, path) =>
        method === 'POST' && path === 'articles' && [422, problem('words_out_of_range', '篇幅不对', '', '填 20 到 60000。')];
      await desk.$('article-brief').fill('写茶');
      await desk.$('article-words').fill('5');
      await desk.$('article-plan').click();
      await desk.$('problem').waitFor();
    },
  },
  {
    name: 'an article without a plan',
    open: async (desk) => {
      const made = desk.fake.articles.create({ text: '一篇讲春茶的小文。\n'.repeat(60), words: 300 });
      await desk.page.goto(`${desk.fake.url}a/${made.id}`);
      await desk.$('article-plan').waitFor();
    },
  },
  {
    name: 'an article that is not there',
    open: async (desk) => {
      await desk.page.goto(`${desk.fake.url}a/nowhere`);
      await desk.$('problem').waitFor();
    },
  },
  {
    name: 'the plan, with changes that are not saved',
    open: async (desk) => {
      const { tab } = await openArticle(desk, [TEXTS[0] ?? '', TEXTS[1] ?? '', '']);
      await tab('提纲');
      await desk.$('plan-note').first().click();
      await desk.$('plan-skip').nth(1).click();
      await desk.$('plan-points').first().fill('改过的要点');
      await desk.$('plan-remove').last().click();
      await desk.$('plan-undo').waitFor();
      await desk.$('plan-save').waitFor();
    },
  },
  {
    name: 'the board, paused, with findings',
    open: async (desk) => {
      const { made } = await openArticle(desk, [TEXTS[0] ?? '', RICH, '']);
      made.sections[1].state = 'attention';
      await desk.page.reload();
      await desk.$('article-section').nth(1).locator('.head').click();
      await desk.$('article-section').locator('.prose table').waitFor();
    },
  },
  {
    name: 'the board while it is written',
    open: async (desk) => {
      desk.fake.articles.script.everyMs = 15_000;
      await openArticle(desk, [TEXTS[0] ?? '', '', '']);
      await desk.$('article-write').click();
      await desk.$('steer-enough').waitFor();
    },
  },
  {
    name: 'the text, with findings and titles',
    open: async (desk) => {
      findings(desk);
      await openArticle(desk);
      await desk.$('article-title').click();
      await desk.$('article-titles').waitFor();
      await desk.$('finding-place').first().waitFor();
    },
  },
  {
    name: 'a passage of the text is selected',
    open: async (desk) => {
      await openArticle(desk, [TEXTS[0] ?? '', RICH, TEXTS[2] ?? '']);
      await select(desk.$('text-section').first().locator('.prose'), '绿茶的鲜味');
      await desk.$('text-pick').waitFor();
    },
  },
  {
    name: 'what can be done with a passage',
    open: async (desk) => {
      const long = '绿茶的鲜味来自氨基酸。'.repeat(60);
      await openArticle(desk, [long, TEXTS[1] ?? '', TEXTS[2] ?? '']);
      await select(desk.$('text-section').first().locator('.prose'), long);
      await desk.$('text-pick').click();
      await desk.$('rewrite-shorten').waitFor();
    },
  },
  {
    name: 'the source of a section',
    open: async (desk) => {
      await openArticle(desk);
      await desk.$('section-menu').nth(1).click();
      await desk.$('section-edit').click();
      await desk.$('section-source').waitFor();
    },
  },
  {
    name: 'the editor, with outline and findings',
    open: async (desk) => {
      findings(desk);
      const { content } = await openEditor(desk);
      await desk.$('outline-toggle').click();
      await desk.$('findings-toggle').click();
      await content.locator('[data-finding]').first().waitFor();
      await content.press('F8');
      await desk.$('finding-card').waitFor();
    },
  },
  {
    name: 'the editor beside how it reads',
    open: async (desk) => {
      const { mode } = await openEditor(desk, [TEXTS[0] ?? '', RICH, TEXTS[2] ?? '']);
      await mode('并排');
      await desk.$('preview').locator('.katex').first().waitFor();
    },
  },
  {
    name: 'searching in the editor',
    open: async (desk) => {
      const { content } = await openEditor(desk);
      await content.press('Control+f');
      await desk.page.locator('.cm-search').waitFor();
    },
  },
  {
    name: 'a selection in the editor',
    open: async (desk) => {
      const { pick } = await openEditor(desk);
      await pick('铁观音不怕热。');
      await desk.$('selection-bar').waitFor();
    },
  },
  { name: 'a suggestion in the editor', open: suggest },
  {
    name: 'only the text',
    open: async (desk) => {
      await openEditor(desk);
      await desk.$('focus-enter').click();
      await desk.$('focus-leave').waitFor();
    },
  },
  { name: 'the text was changed in two places', open: conflict },
  {
    name: 'what was proposed',
    open: async (desk) => {
      propose(desk);
      await openArticle(desk);
      await desk.$('article-polish').click();
      await desk.$('edit').nth(1).waitFor();
    },
  },
  {
    name: 'nothing is proposed any more',
    open: async (desk) => {
      const { tab } = await openArticle(desk);
      await tab('修改');
      await desk.$('edits-empty').waitFor();
    },
  },
  {
    name: 'the versions',
    open: async (desk) => {
      const { tab } = await openArticle(desk);
      await tab('版本');
      await desk.$('version').first().waitFor();
    },
  },
  {
    name: 'two versions beside one another',
    open: async (desk) => {
      const { tab } = await openArticle(desk);
      await tab('版本');
      await desk.$('version').nth(1).click();
      await desk.$('version-with').selectOption('4');
      await desk.$('version-compared').waitFor();
    },
  },
];

// The states of what stands around the desk: palette, keys, models, library, templates, and addresses that lead nowhere.
import { reload, shelf, talk } from './deskscenes.ts';
import type { Desk } from './page.ts';
import type { Scene } from './scenes.ts';
import { STORY } from './texts.js';

async function templateProblem(desk: Desk): Promise<void> {
  await desk.page.goto(`${desk.fake.url}t/zh-weekly-report`);
  await desk.$('template-value').first().press('Control+Enter');
  await desk.$('problem').waitFor();
}

async function ownTemplate(desk: Desk): Promise<void> {
  await desk.page.goto(`${desk.fake.url}t/new`);
  await desk.$('template-name').fill('我的信');
  await desk.$('template-text').fill('写给{{谁}}');
  await desk.$('template-save').click();
  await desk.$('template-use').waitFor();
}

export const libraryScenes: Scene[] = [
  {
    name: 'the palette',
    open: async (desk) => {
      await desk.$('input').press('Control+k');
      await desk.page.locator('#palette-list').getByText('周报').waitFor();
    },
  },
  {
    name: 'the palette finds nothing',
    open: async (desk) => {
      await desk.$('input').press('Control+k');
      await desk.$('palette-query').fill('没有这样的');
      await desk.page.locator('#palette-list [role=option]').first().waitFor({ state: 'detached' });
    },
  },
  {
    name: 'the sheet of keys',
    open: async (desk) => {
      await desk.$('templates').evaluate((el) => (el as HTMLElement).focus());
      await desk.page.keyboard.press('?');
      await desk.$('key-sheet').waitFor();
    },
  },
  {
    name: 'the models',
    open: async (desk) => {
      await desk.page.locator('.model').click();
      await desk.page.locator('#model-menu .models li').first().waitFor();
    },
  },
  {
    name: 'a model file that is none',
    open: async (desk) => {
      await desk.page.locator('.model').click();
      await desk.page.locator('#model-menu > .text-button').click();
      await desk.page.locator('dialog[open] input').fill('/models/a.txt');
      await desk.page.locator('dialog[open] .primary').click();
      await desk.page.locator('dialog[open] [data-testid=problem]').waitFor();
    },
  },
  {
    name: 'a passage into an article',
    open: async (desk) => {
      shelf(desk);
      await talk(desk, STORY);
      await desk.$('to-article').click();
      await desk.$('passage-article').waitFor();
    },
  },
  {
    name: 'the menu of a row',
    wide: true,
    open: async (desk) => {
      shelf(desk);
      await reload(desk);
      await desk.$('row-menu').nth(1).focus();
      await desk.page.keyboard.press('Enter');
      await desk.$('row-pin').waitFor();
    },
  },
  {
    name: 'a row is being named',
    wide: true,
    open: async (desk) => {
      shelf(desk);
      await reload(desk);
      await desk.$('row-menu').nth(1).focus();
      await desk.page.keyboard.press('Enter');
      await desk.$('row-rename').click();
      await desk.$('title-field').waitFor();
    },
  },
  {
    name: 'what was searched for',
    wide: true,
    open: async (desk) => {
      shelf(desk);
      await desk.$('search').fill('铁观音');
      await desk.$('hit').nth(1).waitFor();
    },
  },
  {
    name: 'nothing was found',
    wide: true,
    open: async (desk) => {
      await desk.$('search').fill('没有这样的词');
      await desk.$('hits').locator('p').waitFor();
    },
  },
  {
    name: 'a template from the input',
    open: async (desk) => {
      await desk.$('template-menu').click();
      await desk.$('template-pick').waitFor();
    },
  },
  {
    name: 'the template library, after a removal',
    open: async (desk) => {
      await ownTemplate(desk);
      await desk.$('template-remove').click();
      await desk.$('template-undo').waitFor();
      await desk.$('template-list').locator('a').first().waitFor();
    },
  },
  {
    name: 'the template library finds nothing',
    open: async (desk) => {
      await desk.page.goto(`${desk.fake.url}t`);
      await desk.$('template-search').fill('没有这样的');
      await desk.$('template-list').locator('a').first().waitFor({ state: 'detached' });
    },
  },
  { name: 'a template with an empty variable', open: templateProblem },
  {
    name: 'a template is being written',
    open: async (desk) => {
      await desk.page.goto(`${desk.fake.url}t/new`);
      await desk.$('template-text').fill('写给{{谁}}');
      await desk.$('template-save').click();
      await desk.$('problem').waitFor();
    },
  },
  {
    name: 'a template that is not there',
    open: async (desk) => {
      await desk.page.goto(`${desk.fake.url}t/nowhere`);
      await desk.$('problem').waitFor();
    },
  },
  {
    name: 'a conversation that is not there',
    open: async (desk) => {
      await desk.page.goto(`${desk.fake.url}c/nowhere`);
      await desk.$('problem').waitFor();
    },
  },
];

import { buildPage } from './browser.js';

export default async function setup() {
  await buildPage();
}

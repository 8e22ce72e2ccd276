// axe-core over the page as it stands, in a world of its own: it comes by the browser's debugging protocol, and the page's policy stays as it is.
import axe from 'axe-core';
import type { CDPSession, Page } from 'playwright-core';

/** What a reader sees of one place that breaks a rule. */
interface Broken {
  rule: string;
  help: string;
  target: string;
  html: string;
  why: string;
}

const FIND = `async (only) => {
  const rules = { 'target-size': { enabled: true } };
  const runOnly = only && { type: 'rule', values: only };
  const { violations } = await axe.run(document, { rules: only ? {} : rules, ...(only && { runOnly }), resultTypes: ['violations'] });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html, failureSummary }) => ({
      rule: id, help, target: target.join(' '), html: html.slice(0, 160), why: failureSummary.split('\\n').slice(1).join(' ').trim(),
    })),
  );
}`;

export class Axe {
  readonly #cdp: CDPSession;
  readonly #world: number;

  private constructor(cdp: CDPSession, world: number) {
    this.#cdp = cdp;
    this.#world = world;
  }

  /** For the document that the page shows now; another one needs another. */
  static async on(page: Page): Promise<Axe> {
    const cdp = await page.context().newCDPSession(page);
    const { frameTree } = await cdp.send('Page.getFrameTree');
    const { executionContextId } = await cdp.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
    const made = new Axe(cdp, executionContextId);
    await made.#evaluate(`${axe.source}; undefined`);
    return made;
  }

  /** What breaks a rule, one line a place. */
  async violations(only?: readonly string[]): Promise<string[]> {
    const found = (await this.#evaluate(`(${FIND})(${JSON.stringify(only)})`)) as Broken[];
    return found.map(({ rule, help, target, html, why }) => `${rule} (${help}): ${target}: ${html}: ${why}`);
  }

  async #evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#cdp.send('Runtime.evaluate', {
      expression,
      contextId: this.#world,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }
}

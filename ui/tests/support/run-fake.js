// `npm run fake`: the page with a scripted server, for looking at it without a model.
import { startFake } from './fake.js';

const fake = await startFake({ port: Number(process.env['PORT'] ?? 4180) });
fake.script.everyMs = 60;
console.log(`open ${fake.url}`);

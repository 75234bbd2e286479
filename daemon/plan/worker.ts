/**
 * The thread that plays plans through, started by `run-simulation.ts` alone: one at a time, plain data in, plain data out. It keeps nothing between
 * plans but the compiled schemas, and may be ended at any moment.
 */

import { parentPort } from 'node:worker_threads';
import { loadSchemas } from '../schema/load.ts';
import { createStructuralChecker } from '../schema/validate.ts';
import { type SimulationInput, simulate } from './simulate.ts';

const port = parentPort;
if (!port) throw new Error('worker.ts is the body of a worker thread; it cannot run by itself');
const schemas = loadSchemas();
const structure = createStructuralChecker(schemas);
port.on('message', async (input: SimulationInput) => {
  port.postMessage(await simulate(input, { schemas, structure }));
});

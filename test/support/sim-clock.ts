/** The simulated clock of plans, under the name by which tests know it. */

export { SimClock, seededIds, seededRandom, settle } from '../../daemon/plan/simulated-clock.ts';

/** What a run found wrong with the runtime: the one thing that the simulator looks for. */
export class Failure extends Error {}

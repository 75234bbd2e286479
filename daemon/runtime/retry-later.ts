/**
 * Thrown by an executor whose work goes on elsewhere: no failure, look at the key again after a while.
 */

export class RetryLater extends Error {
  readonly afterMs: number;

  constructor(afterMs: number, message: string) {
    super(message);
    this.name = 'RetryLater';
    this.afterMs = afterMs;
  }
}

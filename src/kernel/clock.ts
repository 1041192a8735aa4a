/** Where the time comes from. Domain functions get the instant as an argument; only handlers hold a clock. */
export abstract class Clock {
  abstract now(): Date;
}

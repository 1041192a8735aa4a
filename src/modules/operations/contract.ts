export type OperationsEventType = 'dead_letter.retried' | 'dead_letter.discarded';

export type WebhookEventType = 'notice.received' | 'notice.replay_requested' | 'notice.parked' | 'notice.unmatched';

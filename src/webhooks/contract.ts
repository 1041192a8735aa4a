export type WebhookEventType = 'notice.received';

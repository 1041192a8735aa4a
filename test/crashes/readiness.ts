import { eventually } from '../support/shop.js';

export interface Readiness {
  status: string;
  checks: { name: string; ok: boolean; detail?: string }[];
}

export const readiness = async (url: string) => (await (await fetch(`${url}/health/ready`)).json()) as Readiness;
export const saysOfDatabase = async (url: string) =>
  (await readiness(url)).checks.find(({ name }) => name === 'database');
export const isReady = (url: string, timeoutMs = 30_000) =>
  eventually(
    () => readiness(url).catch(() => null),
    (it) => it?.status === 'ok',
    timeoutMs,
  );

import { sent } from '#platform/http/fields.js';
import type { Draft } from '../domain/rows.js';
import type { ChangePromotionDto, CreatePromotionDto } from './promotion.dto.js';

/** What is left out is the usual. */
export function draftOfPromotion(body: CreatePromotionDto): Draft<'promotion'> {
  const { startsAt, endsAt = null } = body;
  return {
    valuePpm: null,
    amounts: {},
    buyX: null,
    getY: null,
    maxTimes: null,
    productIds: [],
    categoryIds: [],
    conditions: {},
    priority: 0,
    combines: [],
    needsCode: false,
    active: true,
    ...sent(body),
    name: body.name,
    kind: body.kind,
    target: body.target ?? (body.kind === 'free-shipping' ? 'shipping' : 'order'),
    startsAt: startsAt === undefined ? new Date() : new Date(startsAt),
    endsAt: endsAt === null ? null : new Date(endsAt),
  };
}

export function changeOfPromotion(body: ChangePromotionDto): Partial<Draft<'promotion'>> {
  const { startsAt, endsAt, ...rest } = sent(body);
  return {
    ...rest,
    ...(startsAt !== undefined && { startsAt: new Date(startsAt) }),
    ...(endsAt !== undefined && { endsAt: endsAt === null ? null : new Date(endsAt) }),
  };
}

import { ApiParam } from '@nestjs/swagger';

/** @param example an id of the demo shop */
export const endpointId = (example = '01939d00-0000-7000-8000-000000000801') =>
  ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid', example } });

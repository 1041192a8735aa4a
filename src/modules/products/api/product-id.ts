import { ApiParam } from '@nestjs/swagger';

/** @param example an id of the demo shop */
export const productIdOf = (example: string) =>
  ApiParam({
    name: 'id',
    schema: { type: 'string', format: 'uuid', example },
    description: 'Id of a product',
  });
export const productId = productIdOf('01939d00-0000-7000-8000-000000000001');

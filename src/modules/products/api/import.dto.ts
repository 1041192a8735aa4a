import { ApiProperty } from '@nestjs/swagger';

class RejectedItemAnswer {
  @ApiProperty({ type: String, nullable: true }) sku!: string | null;
  @ApiProperty({ type: String }) detail!: string;
}

export class ImportAnswer {
  @ApiProperty({ type: 'integer' }) created!: number;
  @ApiProperty({ type: 'integer' }) updated!: number;
  @ApiProperty({ type: 'integer' }) unchanged!: number;
  @ApiProperty({ type: [RejectedItemAnswer], description: 'Products that could not be imported, and why' })
  rejected!: readonly RejectedItemAnswer[];
}

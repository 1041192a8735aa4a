import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { allProblems, findProblem, NotFound, type Problem } from '#kernel/errors.js';
import { Public } from './access.js';
import { statusOf } from './problem.js';

/** The pages that `type` of every problem points to. */
@ApiExcludeController()
@Controller('problems')
export class ProblemPagesController {
  @Get()
  @Public()
  list(@Res() reply: FastifyReply): void {
    const items = allProblems().map(
      (about) =>
        `<li><a href="/problems/${about.code}"><code>${about.code}</code></a> ${statusOf(about)} ${escape(about.title)}</li>`,
    );
    void reply.type('text/html; charset=utf-8').send(page('Problems', `<ul>${items.join('')}</ul>`));
  }

  @Get(':code')
  @Public()
  show(@Param('code') code: string, @Res() reply: FastifyReply): void {
    const about = findProblem(code);
    if (!about) throw new NotFound('problem', code);
    void reply.type('text/html; charset=utf-8').send(page(about.title, describe(about)));
  }
}

function describe(about: Problem): string {
  return `<p><code>${about.code}</code>, HTTP ${statusOf(about)}</p><p>${escape(about.explanation)}</p><p><a href="/problems">All problems</a></p>`;
}

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}code{background:#8882;padding:.1em .3em}</style>
<h1>${escape(title)}</h1>${content}</html>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { createBrand } from '../../operations/create-brand.ts'
import { deleteBrand } from '../../operations/delete-brand.ts'
import { listBrands } from '../../operations/list-brands.ts'
import { readBrand } from '../../operations/read-brand.ts'
import { updateBrand } from '../../operations/update-brand.ts'
import {
  Description,
  errors,
  Id,
  Instant,
  idParams,
  Name,
  NoContent,
  Nullable,
  PageOf,
  pageQuery,
  presentPage,
  workspaceParams,
} from './schemas.ts'

const tags = ['Brands']

const Brand = Type.Object(
  {
    id: Id,
    workspaceId: Id,
    name: Type.String(),
    description: Nullable(Type.String()),
    isDefault: Type.Boolean({
      description: 'The brand that APIs without brands work in; one in each workspace',
    }),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { title: 'Brand' },
)

export const brandRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/workspaces/:workspaceId/brands',
      {
        schema: {
          summary: 'List brands',
          tags,
          params: workspaceParams,
          querystring: Type.Object(pageQuery),
          response: { 200: PageOf(Brand), ...errors(400, 404) },
        },
      },
      async (request) =>
        presentPage(await listBrands(ctx, request.actor, { ...request.params, ...request.query }), present),
    )

    app.post(
      '/workspaces/:workspaceId/brands',
      {
        schema: {
          summary: 'Create a brand',
          description: 'Needs `brands.create`.',
          tags,
          params: workspaceParams,
          body: Type.Object({ name: Name, description: Type.Optional(Nullable(Description)) }),
          response: { 201: Brand, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) =>
        reply
          .code(201)
          .send(present(await createBrand(ctx, request.actor, { ...request.body, ...request.params }))),
    )

    app.get(
      '/brands/:id',
      {
        schema: {
          summary: 'Get a brand',
          tags,
          params: idParams,
          response: { 200: Brand, ...errors(404) },
        },
      },
      async (request) => present(await readBrand(ctx, request.actor, request.params.id)),
    )

    app.patch(
      '/brands/:id',
      {
        schema: {
          summary: 'Update a brand',
          description: 'Needs `brands.edit`. `isDefault: true` takes the place of the present default.',
          tags,
          params: idParams,
          body: Type.Object({
            name: Type.Optional(Name),
            description: Type.Optional(Nullable(Description)),
            isDefault: Type.Optional(Type.Boolean()),
          }),
          response: { 200: Brand, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        present(await updateBrand(ctx, request.actor, { ...request.body, brandId: request.params.id })),
    )

    app.delete(
      '/brands/:id',
      {
        schema: {
          summary: 'Delete a brand',
          description:
            'Disconnects its accounts and cancels its scheduled posts; what was published stays. The last brand of a workspace cannot be deleted. Needs `brands.delete`.',
          tags,
          params: idParams,
          response: { 204: NoContent, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        await deleteBrand(ctx, request.actor, request.params.id)
        return reply.code(204).send(null)
      },
    )
  }

const present = (brand: Awaited<ReturnType<typeof readBrand>>): Static<typeof Brand> => ({
  id: brand.id,
  workspaceId: brand.workspaceId,
  name: brand.name,
  description: brand.description,
  isDefault: brand.isDefault,
  createdAt: brand.createdAt.toISOString(),
  updatedAt: brand.updatedAt.toISOString(),
})

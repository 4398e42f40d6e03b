import NextAuth from 'next-auth'
import { authOptions, openHandler } from '#lib/web/index.ts'

interface Context {
  params: Promise<{ nextauth: string[] }>
}

// Small forms only.
const handle = openHandler(
  { bodyBytesMax: 16_384 },
  async (request: Request, context: Context): Promise<Response> => NextAuth(authOptions())(request, context),
)

export { handle as GET, handle as POST }

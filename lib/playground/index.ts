export { createLink, deleteLink, getLink, listLinks } from './links.ts'

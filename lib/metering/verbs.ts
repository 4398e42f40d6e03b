import { createBudget, deleteBudget, getBudget, listBudgets, raiseBudget, updateBudget } from './budgets.ts'
import { createLimit, deleteLimit, getLimit, listLimits, updateLimit } from './limits.ts'

/** What people and the management API do with budgets and limits. */
export const budgets = {
  listBudgets,
  getBudget,
  createBudget,
  updateBudget,
  raiseBudget,
  deleteBudget,
  listLimits,
  getLimit,
  createLimit,
  updateLimit,
  deleteLimit,
}

export type Budgets = typeof budgets

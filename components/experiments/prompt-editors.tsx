/** What a candidate's prompt fetches when one of its parts is opened. */
export { FormatEditor } from '#components/prompt/format-editor.tsx'
export { ParameterFields } from '#components/prompt/parameter-fields.tsx'
export { ToolChoiceField, ToolsEditor } from '#components/prompt/tools-editor.tsx'

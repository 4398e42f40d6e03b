import { AddressState } from '../../address-state.tsx'

export default AddressState

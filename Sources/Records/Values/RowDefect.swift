import Core

/// The store holds something that the dictionary does not explain: a defect, never the caller's fault.
func rowDefect(_ column: String, _ what: String) -> HubError {
    HubError(.internal, "record_row_defect", "Internal error.", detail: "column \(column) \(what)")
}

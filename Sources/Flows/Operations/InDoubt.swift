public import Storage

extension Flows {
    /// How many executions wait for a person to say what became of a step.
    public static func inDoubt(in reader: any SQLReader) throws -> Int64 {
        try reader.row("SELECT count(*) AS waiting FROM execution WHERE state = 'in_doubt'", [])?.int("waiting") ?? 0
    }
}

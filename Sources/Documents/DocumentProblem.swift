/// What is wrong with a file, where, and what was expected. Holds no value of the file, so it can hold no secret.
public struct DocumentProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file's name.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// What is wrong and what was expected.
    public let what: String

    /// States a problem.
    public init(file: String, line: Int, what: String) {
        self.file = file
        self.line = line
        self.what = what
    }

    /// `okta.yaml:12: …`
    public var description: String { "\(file):\(line): \(what)" }
}

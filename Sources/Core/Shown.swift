/// Text from outside made fit for a message: at most 60 characters, control characters replaced.
public enum Shown {
    /// A name that somebody sent, shortened and without control characters.
    public static func name(_ text: String) -> String {
        let clean = text.unicodeScalars.prefix(60).map { $0.value < 32 || $0.value == 127 ? "?" : String($0) }.joined()
        return text.unicodeScalars.count > 60 ? clean + "…" : clean
    }
}

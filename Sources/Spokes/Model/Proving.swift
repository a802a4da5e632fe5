/// How a connection is proved: what is read at the provider beside the actions, and with which reading action each family
/// of actions is tried. Facts are no actions: no connection enables them and no flow can run them.
struct Proving: Sendable {
    /// Actions that belong together, and those of them that only read, the best to try first.
    struct Family: Sendable {
        let name: String
        let scopes: Set<String>
        let probes: [Probe]
    }

    /// One action to try, with what stands for its inputs.
    struct Probe: Sendable {
        /// What an input is filled with.
        enum Filler: Sendable {
            /// Something that is known of the credential.
            case word(ProvingWord)
            /// A chosen resource of the connection, by the word of its form, such as `user`.
            case chosen(String)
        }

        let action: String
        let with: [(input: String, filler: Filler)]
    }

    /// One thing to read.
    struct Fact: Sendable {
        /// It is read as an action is run.
        let reading: Action
        /// What a person does about an item that should not be there; `{name}`s are its outputs and the words.
        let removal: Template?
    }

    let facts: [ProviderFact: Fact]
    let families: [Family]

    static let none = Proving(facts: [:], families: [])
}

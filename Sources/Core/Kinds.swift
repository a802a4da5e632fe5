// The kinds of thing that cross floors by identifier. They have no values; they keep identifiers apart.

/// A user: a person or a service account.
public enum UserKind {}
/// A client of the application registry.
public enum ClientKind {}
/// A connection to an outside system.
public enum ConnectionKind {}
/// A sealed credential.
public enum CredentialKind {}
/// One durable run of a flow.
public enum ExecutionKind {}

/// A session of a user who signed in.
public enum SessionKind {}

/// Names a user.
public typealias UserID = ID<UserKind>
/// Names a client.
public typealias ClientID = ID<ClientKind>
/// Names a connection.
public typealias ConnectionID = ID<ConnectionKind>
/// Names a credential.
public typealias CredentialID = ID<CredentialKind>
/// Names an execution.
public typealias ExecutionID = ID<ExecutionKind>
/// Names a session.
public typealias SessionID = ID<SessionKind>

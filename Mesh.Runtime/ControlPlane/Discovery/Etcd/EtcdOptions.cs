namespace Mesh.Runtime.ControlPlane.Discovery.Etcd;

/// <summary>How to reach etcd, and where in it the services stand.</summary>
public sealed record EtcdOptions
{
    /// <summary>The members' client addresses; each new connection takes the next. Default <c>http://127.0.0.1:2379</c>.</summary>
    public IReadOnlyList<Uri> Members { get; init; } = [new("http://127.0.0.1:2379")];

    /// <summary>The provider's name. Default <c>etcd</c>.</summary>
    public string Source { get; init; } = "etcd";

    /// <summary>What all keys begin with; the services stand under <c>PREFIX/services/</c>. Default <c>/meshlab</c>.</summary>
    public string Prefix { get; init; } = "/meshlab";

    /// <summary>User and password; <c>null</c> where etcd wants none.</summary>
    public EtcdCredentials? Credentials { get; init; }

    /// <summary>What TLS needs beyond the system's trust; used for <c>https</c> addresses.</summary>
    public EtcdTls? Tls { get; init; }

    /// <summary>How long one request may take. Default 5 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may be silent before it is probed; it has as long again to answer. Default 5 s.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Waits between connections.</summary>
    public ReconnectOptions Reconnect { get; init; } = new();
}

/// <summary>A user of etcd. Its text shows the user alone.</summary>
/// <param name="User">The user.</param>
/// <param name="Password">The password.</param>
public sealed record EtcdCredentials(string User, string Password)
{
    /// <inheritdoc/>
    public override string ToString() => $"user {User}";
}

/// <summary>Files for TLS, in PEM.</summary>
public sealed record EtcdTls
{
    /// <summary>The certificates that etcd's must come from; <c>null</c> is the system's trust.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The client's certificate; <c>null</c> for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The key of <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }
}

namespace Mesh.Runtime.Security;

/// <summary>A password, key or token. It never shows in a log, an exception or a record's text: whoever needs it asks for it by <see cref="Reveal"/>.</summary>
public sealed class Secret : IEquatable<Secret>
{
    private readonly string _value;

    /// <summary>Keeps <paramref name="value"/> from sight.</summary>
    public Secret(string value) => _value = value;

    /// <summary>The value, for the place that sends it and for nothing else.</summary>
    public string Reveal() => _value;

    /// <inheritdoc/>
    public bool Equals(Secret? other) => other is not null && string.Equals(_value, other._value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_value);

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}

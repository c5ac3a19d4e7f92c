using System.Collections;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Model;

/// <summary>Headers of which one has to match. Compares by what it holds. Of several headers with one name the first counts, and the name's case does not matter.</summary>
public sealed class HeaderMatches : IReadOnlyList<KeyValuePair<string, TextMatch>>, IEquatable<HeaderMatches>
{
    private readonly KeyValuePair<string, TextMatch>[] _matches;
    private (string Name, TextMatcher Value)[]? _ready;

    /// <summary>These headers.</summary>
    /// <param name="matches">Names, each with what its value is compared with.</param>
    public HeaderMatches(IEnumerable<KeyValuePair<string, TextMatch>> matches) => _matches = [.. matches];

    /// <summary>No header.</summary>
    public static HeaderMatches None { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _matches.Length;

    /// <inheritdoc/>
    public KeyValuePair<string, TextMatch> this[int index] => _matches[index];

    /// <summary>Whether one of them matches.</summary>
    public bool Any(IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        _ready ??= [.. _matches.Select(match => (match.Key, new TextMatcher(match.Value)))];
        foreach (var (name, value) in _ready)
            if (value.Matches(Fields.Find(headers, name, StringComparison.OrdinalIgnoreCase))) return true;
        return false;
    }

    /// <summary>Whether the other has the same in the same order.</summary>
    public bool Equals(HeaderMatches? other) => other is not null && _matches.AsSpan().SequenceEqual(other._matches);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as HeaderMatches);

    /// <inheritdoc/>
    public override int GetHashCode() => _matches.Length;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, TextMatch>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, TextMatch>>)_matches).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _matches.GetEnumerator();
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Mesh.Runtime.Security.Identities;

/// <summary>
/// Who a workload is: <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT</c>, the form that Istio gives SPIFFE's identities.
/// The rules are those of the SPIFFE-ID standard, read strictly: what is written another way is another identity, never the same one.
/// </summary>
public sealed record SpiffeId
{
    private const string Scheme = "spiffe://";
    private const string Form = "spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT";
    private const int LongestTrustDomain = 255;
    private const int LongestId = 2048;
    private static readonly SearchValues<char> DomainLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_");
    private static readonly SearchValues<char> SegmentLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");
    private readonly string _text;

    /// <summary>The identity of an account.</summary>
    /// <param name="trustDomain">Lower-case letters, digits, <c>.</c>, <c>-</c> and <c>_</c>; at most 255.</param>
    /// <param name="workloadNamespace">Letters, digits, <c>.</c>, <c>-</c> and <c>_</c>.</param>
    /// <param name="account">Letters, digits, <c>.</c>, <c>-</c> and <c>_</c>.</param>
    /// <exception cref="FormatException">A part breaks its rule; the message says which.</exception>
    public SpiffeId(string trustDomain, string workloadNamespace, string account)
    {
        (TrustDomain, Namespace, Account) = (trustDomain, workloadNamespace, account);
        _text = $"{Scheme}{trustDomain}/ns/{workloadNamespace}/sa/{account}";
        if (Problem(trustDomain, workloadNamespace, account) is { } problem) throw new FormatException(Told(_text, problem));
    }

    /// <summary>Whose authority vouches for it: <c>cluster.local</c>.</summary>
    public string TrustDomain { get; }

    /// <summary>The namespace: <c>default</c>.</summary>
    public string Namespace { get; }

    /// <summary>The account: <c>payments</c>.</summary>
    public string Account { get; }

    /// <summary>The identity in a text.</summary>
    /// <exception cref="FormatException">It is none; the message says what was given and the rule.</exception>
    public static SpiffeId Parse(string text) => TryParse(text, out var id, out string? problem) ? id : throw new FormatException(problem);

    /// <summary>The identity in a text, or why it is none.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? problem)
    {
        (id, problem) = (null, null);
        string[] parts = text is not null && text.StartsWith(Scheme, StringComparison.Ordinal) && text.Length <= LongestId ? text[Scheme.Length..].Split('/') : [];
        if (parts is not [var domain, "ns", var workloadNamespace, "sa", var account])
        {
            problem = Told(text ?? "", text?.Length > LongestId ? $"it is longer than {LongestId} characters." : $"write {Form}.");
            return false;
        }
        if (Problem(domain, workloadNamespace, account) is { } wrong) problem = Told(text!, wrong);
        else id = new SpiffeId(domain, workloadNamespace, account);
        return id is not null;
    }

    /// <summary>What is wrong with a trust domain; <c>null</c> for nothing.</summary>
    public static string? ProblemOfTrustDomain(string trustDomain) => trustDomain.Length switch
    {
        0 => "the trust domain is empty.",
        > LongestTrustDomain => $"the trust domain is longer than {LongestTrustDomain} characters.",
        _ when trustDomain.AsSpan().IndexOfAnyExcept(DomainLetters) is var at and >= 0 =>
            $"the trust domain has '{trustDomain[at]}'; it may have lower-case letters, digits, '.', '-' and '_'.",
        _ => null,
    };

    /// <summary>The identity as text.</summary>
    public override string ToString() => _text;

    private static string? Problem(string trustDomain, string workloadNamespace, string account) =>
        ProblemOfTrustDomain(trustDomain) ?? ProblemOfSegment("namespace", workloadNamespace) ?? ProblemOfSegment("account", account)
        ?? (Scheme.Length + "/ns//sa/".Length + trustDomain.Length + workloadNamespace.Length + account.Length > LongestId ? $"it is longer than {LongestId} characters." : null);

    private static string Told(string text, string problem) => $"'{Shown(text)}' is no identity: {problem}";

    private static string? ProblemOfSegment(string what, string segment) => segment switch
    {
        "" => $"the {what} is empty.",
        "." or ".." => $"the {what} is '{segment}', which would be a relative path.",
        _ when segment.AsSpan().IndexOfAnyExcept(SegmentLetters) is var at and >= 0 => $"the {what} has '{segment[at]}'; it may have letters, digits, '.', '-' and '_'.",
        _ => null,
    };

    /// <summary>What was given, short and without control characters: it may come from a stranger.</summary>
    private static string Shown(string text) =>
        string.Concat(text.Take(100).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter)) + (text.Length > 100 ? "..." : "");
}

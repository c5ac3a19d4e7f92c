namespace Mesh.Simulator.Randomness;

/// <summary>Why parameters make no distribution.</summary>
/// <param name="Member">The parameter at fault, as a scenario file spells it: <c>mean</c>, <c>p50</c>, <c>cv</c>, <c>shape</c>, <c>distribution</c> …</param>
/// <param name="Message">What was given, the rule, and what to do.</param>
public sealed record DistributionProblem(string Member, string Message);

/// <summary>Parameters make no distribution.</summary>
public sealed class DistributionException : ArgumentException
{
    internal DistributionException(string member, string message)
        : base($"{member}: {message}") => Problem = new DistributionProblem(member, message);

    /// <summary>Which parameter, and why.</summary>
    public DistributionProblem Problem { get; }
}

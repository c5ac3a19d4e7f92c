namespace Mesh.Simulator.Randomness.Families;

/// <summary>A family of distributions with its parameters fitted.</summary>
internal abstract class Family
{
    /// <summary>The mean, in seconds.</summary>
    public abstract double Mean { get; }

    /// <summary>The inverse of the distribution function, for 0 ≤ u &lt; 1.</summary>
    public abstract double Quantile(double u);

    /// <summary>For people, such as <c>gamma, mean 8 ms, p99 40 ms</c>.</summary>
    public abstract string Describe();

    protected string DescribeByTail(string name) => $"{name}, mean {HumanTime.Format(Mean)}, p99 {HumanTime.Format(Quantile(0.99))}";
}

using MathNet.Numerics.RootFinding;

namespace Mesh.Simulator.Randomness;

/// <summary>Finds the shape at which a family has what was asked, for families where no formula gives it.</summary>
internal static class ShapeSearch
{
    /// <summary>The smallest shape used: below it nearly all values are 0 and nearly all of the mean comes from a few.</summary>
    public const double Smallest = 0.1;

    /// <summary>The largest shape used: above it the values hardly vary.</summary>
    public const double Largest = 1000;

    private const int Points = 200;

    /// <summary>
    /// The shape where percentile / mean is <paramref name="asked"/>. As the shape shrinks, a high percentile first rises and then falls;
    /// of the two shapes that would do, the larger is taken, for people mean the lighter tail. The median only falls, but for a Weibull's slight rise at first.
    /// </summary>
    public static double ForRatio(Func<double, double> ratio, double asked, Percentile percentile, double mean, string family)
    {
        double peak = Enumerable.Range(0, Points).Select(At).MaxBy(ratio);
        var (from, to) = percentile.Level > 0.5 ? (peak, Largest) : (Smallest, peak);
        double low = Math.Min(ratio(from), ratio(to));
        double high = Math.Max(ratio(from), ratio(to));
        if (asked < low || asked > high)
        {
            throw new DistributionException(percentile.Name,
                $"is {HumanTime.Format(percentile.Value)}, but {family} with mean {HumanTime.Format(mean)} has it between "
                + $"{HumanTime.Format(low * mean)} and {HumanTime.Format(high * mean)}: move it there, or choose another distribution.");
        }
        return Math.Exp(Brent.FindRoot(logShape => ratio(Math.Exp(logShape)) - asked, Math.Log(from), Math.Log(to), 1e-12, 200));
    }

    /// <summary>Refuses a shape outside of the range used.</summary>
    public static double Check(double shape, string member, double given)
    {
        if (shape is < Smallest or > Largest)
        {
            string why = member == "shape" ? "" : $", which takes a shape of {HumanTime.Number(shape)}";
            throw new DistributionException(member, $"is {HumanTime.Number(given)}{why}: shapes from {Smallest} to {Largest} are supported.");
        }
        return shape;
    }

    private static double At(int i) => Smallest * Math.Pow(Largest / Smallest, (double)i / (Points - 1));
}

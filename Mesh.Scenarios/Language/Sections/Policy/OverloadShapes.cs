using System.Globalization;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Values that the policies against overload share.</summary>
internal static class OverloadShapes
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>A window that is counted by the second.</summary>
    public static readonly Shape<TimeSpan> CountingWindow = Values.PositiveDuration.Then((window, at, reading) =>
    {
        if (window < TimeSpan.FromSeconds(1)) reading.Error(at, "the window is below 1s; it is counted by the second.");
        if (window > Longest) reading.Error(at, "the window is above 1h, the longest that is kept.");
        return window;
    });

    /// <summary>A factor.</summary>
    public static readonly Shape<double> NumberFrom1 = new ScalarShape<double>("a number from 1", """{"type": "number", "minimum": 1}""",
        (string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value >= 1 && double.IsFinite(value) ? null
            : $"'{text}' is not a number from 1 upwards.");
}

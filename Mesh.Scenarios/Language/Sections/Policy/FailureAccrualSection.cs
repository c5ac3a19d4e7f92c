using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Linkerd's endpoint breaker.</summary>
internal static class FailureAccrualSection
{
    /// <summary>Linkerd's endpoint breaker.</summary>
    public static readonly Section<FailureAccrualConfig> FailureAccrual = new("failureAccrual", "failure accrual such as {maxFailures: 7}", () => new FailureAccrualConfig())
    {
    };
}

-- A goal that no event ever met, or whose amounts are nowhere, looks like one that nobody reached. A warning
-- above this test's result says which goal and why.
{{ config(severity='warn') }}
{{ warn_of_goals_without_effect() }}

{{ goals_without_effect() }}

"""What Django REST framework does, whoever uses it: envelope, errors, parameters, bodies."""
